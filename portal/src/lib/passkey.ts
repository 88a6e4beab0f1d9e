// Passkeys: what the city asks and the browser answers, as JSON with base64url (WebAuthn Level 3, 5.1).
import { send, Trouble } from "./api";
import { say } from "./words.svelte";

type Json = Record<string, any>;

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (raw: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(raw))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export const hasPasskeys = (): boolean => "PublicKeyCredential" in window && window.isSecureContext;

function told(credential: Credential | null): Json {
  const { id, rawId, type, response } = credential as PublicKeyCredential;
  const parts: Json = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const raw = (response as Json)[name];
    if (raw) parts[name] = text(raw);
  }
  return { id, rawId: text(rawId), type, response: parts };
}

/** A person who closes the browser's question, or has no such key, is told that nothing happened. */
function cancelled(error: unknown): never {
  throw error instanceof DOMException ? new Trouble(401, say("portal.signin.cancelled")) : error;
}

/** Sign in with whichever passkey the person chooses. */
export async function enter(): Promise<void> {
  const asked = await send<Json>("/api/identity/passkeys/ask", {});
  const credential = await navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: [] } as PublicKeyCredentialRequestOptions }).catch(cancelled);
  await send("/api/identity/passkeys/enter", { credential: told(credential) });
}

/** Make a passkey on this device for who is signed in. */
export async function make(): Promise<void> {
  const offered = await send<Json>("/api/identity/passkeys/offer", {});
  const publicKey: PublicKeyCredentialCreationOptions = {
    ...(offered as PublicKeyCredentialCreationOptions),
    challenge: bytes(offered.challenge),
    user: { ...offered.user, id: bytes(offered.user.id) },
    excludeCredentials: (offered.excludeCredentials ?? []).map((each: Json) => ({ ...each, id: bytes(each.id) })),
  };
  await send("/api/identity/passkeys", { credential: told(await navigator.credentials.create({ publicKey }).catch(cancelled)) });
}
