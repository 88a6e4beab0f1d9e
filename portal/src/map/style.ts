// The city's own look: white and ink, water in indigo, what threatens in the signal colour. Layers derive from /tiles/layers.json.
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { City, Layer } from "../lib/api";

export const alwaysOn = ["WaterBody", "LandUse", "RoadSegment", "Building", "WaterObserved", "Shelter", "Hospital", "Alert"];
const hidden = ["FloodRiskArea", "Alert", "Dataset", "District", "PopulationCell"];

export interface Palette { paper: string; shade: string; line: string; ink: string; quiet: string; indigo: string; soft: string; signal: string }

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { paper: read("paper"), shade: read("shade"), line: read("line"), ink: read("ink"), quiet: read("quiet"), indigo: read("indigo"), soft: read("indigo-soft"), signal: read("signal") };
}

const roadWidth = (factor: number): any => [
  "interpolate", ["exponential", 1.6], ["zoom"],
  10, ["*", factor, ["match", ["get", "class"], ["motorway", "trunk", "primary"], 0.9, ["secondary"], 0.5, 0.15]],
  18, ["*", factor, ["match", ["get", "class"], ["motorway", "trunk", "primary"], 22, ["secondary"], 16, ["tertiary"], 12, 8]],
];

function layersOf(layer: Layer, p: Palette, visible: boolean): LayerSpecification[] {
  const common = { source: "city", "source-layer": layer.type, layout: { visibility: visible ? "visible" : "none" } as any };
  const id = (part: string) => `${layer.type}/${part}`;
  const water = layer.type === "WaterBody" || layer.type === "Reservoir";
  if (layer.type === "RoadSegment")
    return [
      { ...common, id: id("case"), type: "line", minzoom: 12, layout: { ...common.layout, "line-cap": "round", "line-join": "round" }, paint: { "line-color": p.line, "line-width": roadWidth(1.25) } },
      { ...common, id: id("line"), type: "line", layout: { ...common.layout, "line-cap": "round", "line-join": "round" }, paint: { "line-color": ["match", ["get", "class"], ["motorway", "trunk", "primary", "secondary"], p.paper, p.paper], "line-width": roadWidth(1) } },
    ];
  if (layer.type === "Building")
    return [
      { ...common, id: id("fill"), type: "fill", minzoom: 13, maxzoom: 15.5, paint: { "fill-color": p.line, "fill-opacity": 0.8 } },
      { ...common, id: id("solid"), type: "fill-extrusion", minzoom: 15.5, paint: { "fill-extrusion-color": p.line, "fill-extrusion-height": ["coalesce", ["get", "height"], 6], "fill-extrusion-opacity": 0.85 } },
    ];
  if (layer.geometry === "polygon")
    return [
      { ...common, id: id("fill"), type: "fill", paint: { "fill-color": water ? p.soft : p.shade, "fill-opacity": water ? 1 : 0.6 } },
      { ...common, id: id("edge"), type: "line", paint: { "line-color": water ? p.indigo : p.line, "line-width": water ? 0.8 : 0.6 } },
    ];
  if (layer.geometry === "line")
    return [{ ...common, id: id("line"), type: "line", paint: { "line-color": water ? p.indigo : p.quiet, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 16, 2.5], "line-opacity": 0.8 } }];
  const notice = layer.type === "PrivacyNotice"; // a ring around what collects, which stays to be seen
  return [
    { ...common, id: id("dot"), type: "circle", minzoom: layer.count > 300 ? 13 : 0, paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, notice ? 5 : 2.5, 16, notice ? 11 : 6], "circle-color": p.paper, "circle-opacity": notice ? 0.4 : 1, "circle-stroke-color": notice ? p.indigo : p.ink, "circle-stroke-width": notice ? 2.5 : 1.6 } },
    {
      ...common, id: id("name"), type: "symbol", minzoom: layer.count > 60 ? 15 : 13.5,
      layout: { ...common.layout, "text-field": ["get", "name"], "text-font": ["Noto Sans CJK JP", "sans-serif"], "text-size": 12, "text-offset": [0, notice ? -1 : 1], "text-anchor": notice ? "bottom" : "top", "text-optional": true, "text-max-width": 9 },
      paint: { "text-color": p.ink, "text-halo-color": p.paper, "text-halo-width": 1.6 },
    },
  ];
}

const order = (layer: Layer): number =>
  layer.geometry === "polygon" ? (layer.type === "Building" ? 4 : layer.type === "WaterBody" ? 1 : 0) : layer.geometry === "line" ? (layer.type === "RoadSegment" ? 2 : 3) : 5;

export const shown = (layers: Layer[]): Layer[] => layers.filter((layer) => !hidden.includes(layer.type));

export function mapStyle(city: City, layers: Layer[], on: Set<string>, p: Palette): StyleSpecification {
  const dataLayers = [...shown(layers)].sort((a, b) => order(a) - order(b)).map((layer) => layersOf(layer, p, on.has(layer.type)));
  const below = dataLayers.flat().filter((layer) => layer.type !== "symbol" && layer.type !== "circle");
  const above = dataLayers.flat().filter((layer) => layer.type === "symbol" || layer.type === "circle");
  const origin = location.origin;
  return {
    version: 8,
    sources: {
      city: { type: "vector", tiles: [`${origin}/tiles/{z}/{x}/{y}.mvt`], minzoom: 0, maxzoom: 16 },
      areas: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      readings: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      ...(city.terrain ? { relief: { type: "raster-dem" as const, tiles: [`${origin}/tiles/terrain/{z}/{x}/{y}.png`], tileSize: 256, maxzoom: 14, encoding: "mapbox" as const } } : {}),
    },
    light: { anchor: "viewport", intensity: 0.25 },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": p.shade } },
      ...(city.terrain ? [{ id: "relief", type: "hillshade" as const, source: "relief", paint: { "hillshade-exaggeration": 0.35, "hillshade-shadow-color": p.quiet, "hillshade-highlight-color": p.paper, "hillshade-accent-color": p.line } }] : []),
      ...below.filter((layer) => layer.type !== "fill-extrusion"),
      { id: "areas/fill", type: "fill", source: "areas", paint: { "fill-color": p.signal, "fill-opacity": 0.28 } },
      { id: "areas/edge", type: "line", source: "areas", paint: { "line-color": p.signal, "line-width": 1.6, "line-dasharray": [3, 1.5] } },
      ...below.filter((layer) => layer.type === "fill-extrusion"),
      ...above,
      {
        id: "readings/dot", type: "circle", source: "readings",
        paint: { "circle-radius": 6, "circle-color": ["case", ["get", "alert"], p.signal, p.indigo], "circle-stroke-color": p.paper, "circle-stroke-width": 2 },
      },
      {
        id: "readings/value", type: "symbol", source: "readings",
        layout: { "text-field": ["get", "label"], "text-font": ["Noto Sans CJK JP", "sans-serif"], "text-size": 13.5, "text-anchor": "left", "text-offset": [0.8, 0], "text-justify": "left" },
        paint: { "text-color": ["case", ["get", "alert"], p.signal, p.indigo], "text-halo-color": p.paper, "text-halo-width": 2 },
      },
    ],
  };
}
