export { type CaptionDiversityData, captionDiversity } from './captionDiversity.js';
export { type DenoisingData, denoisingStrip } from './denoisingStrip.js';
/** Pieces for drawings of one's own: `diagram.diagram(size, [diagram.box(…), diagram.text(…)])`. */
export * as diagram from './diagram.js';
export type { Figure, PlotlyObject } from './figure.js';
export { figure1Overview, type OverviewData } from './figure1Overview.js';
export { figure2Granularity, type GranularityData } from './figure2Granularity.js';
export { figure3Prompt, type PromptData } from './figure3Prompt.js';
export { figure4Samples, type SamplesData } from './figure4Samples.js';
export { figure5Pca, type PcaData } from './figure5Pca.js';
export { type GuidanceData, guidanceRow } from './guidanceRow.js';
export { type GridOptions, type GridRow, imageGrid } from './imageGrid.js';
export { type LossCurveData, lossCurve } from './lossCurve.js';
export { type PixelPicture, pictureUri } from './pictures.js';
export { type ProbeBarsData, probeBars } from './probeBars.js';
export { openRenderer, type Renderer } from './render.js';
export { type SamplingTradeoffData, samplingTradeoff, type TradeoffMeasures } from './samplingTradeoff.js';
export { closeRenderer, figuresFolder, saveFigure, saveImage, showFigure } from './save.js';
export { chart, type Method as MethodName, methodColor, methodColors, okabeIto } from './theme.js';
