"""HTTP: decode, call one room with a `View`, encode. Names to know: `app.create`, `ROUTES`, `session.view_of`."""
