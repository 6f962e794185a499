// uPlot, which its own script puts into the window: only that form of it comes minified.

export default window.uPlot;
