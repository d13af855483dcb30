/** Ambient types for the type checker (`python -m tests.js --types`). No page loads this file. */

/** Streamlit's component object, as far as we use it (`st.components.v2`). */
interface StreamlitComponent<Data> {
  parentElement: ShadowRoot;
  data: Data;
  setStateValue(name: string, value: unknown): void;
}

/** An axis of a drawn plot: pixels and values of the map. */
interface PlotlyAxis {
  range: [number, number];
  _offset: number;
  _length: number;
  p2l(pixel: number): number;
  l2p(value: number): number;
}

interface PlotlyCamera {
  eye: { x: number; y: number; z: number };
  center: { x: number; y: number; z: number };
}

/** A drawn scene of three dimensions. */
interface PlotlyScene {
  dragmode: string;
  camera: PlotlyCamera;
  _scene: { getCamera(): PlotlyCamera };
}

/** The element that Plotly has drawn in. */
interface PlotlyElement extends HTMLElement {
  data: { meta?: number; visible?: boolean | "legendonly" }[];
  _fullLayout?: { xaxis: PlotlyAxis; yaxis: PlotlyAxis; dragmode: string; scene?: PlotlyScene };
  on(event: "plotly_hover" | "plotly_click", listener: (event: { points: { curveNumber: number; pointNumber: number }[] }) => void): void;
  on(event: string, listener: (event: PlotlySelection | null) => void): void;
}

/** What a lasso or a box has selected. */
interface PlotlySelection {
  lassoPoints?: { x: number[]; y: number[] };
  range?: { x: [number, number]; y: [number, number] };
}

/** Plotly, as far as we use it: plotly.min.js of the Python package. */
interface PlotlyLibrary {
  react(node: HTMLElement, traces: object[], layout: object, config: object): Promise<unknown>;
  relayout(node: HTMLElement, changes: object): Promise<unknown>;
  restyle(node: HTMLElement, changes: object, traces?: number[]): Promise<unknown>;
  downloadImage(node: HTMLElement, options: object): Promise<unknown>;
  purge(node: HTMLElement): void;
  Plots: { resize(node: HTMLElement): void };
}

interface Window {
  Plotly?: PlotlyLibrary;
}
