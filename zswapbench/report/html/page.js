"use strict";
// What the page does: themes, charts by pointer and by keys, a choice of panes, sorting, print.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const root = document.documentElement;
  const PAPER_WIDTH = 640;
  // Plotly's own choice of buttons has one that sends the chart away.
  const CONFIG = {
    responsive: true,
    displaylogo: false,
    plotlyServerURL: "",
    modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
    toImageButtonOptions: { format: "svg", filename: "zswapbench" },
  };
  root.classList.add("js");

  // The theme is kept with this entry of the tab's history: it outlives a reload and is stored nowhere else.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const toggle = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const nameTheme = () => { toggle.textContent = isDark() ? "Light theme" : "Dark theme"; };
  if (history.state && ["light", "dark"].includes(history.state.theme)) root.dataset.theme = history.state.theme;
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    history.replaceState({ theme: root.dataset.theme }, "");
    nameTheme();
  });
  dark.addEventListener("change", nameTheme);
  nameTheme();

  // Charts. A finger that drags scrolls the page; to zoom there are buttons.
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
  const font = { family: getComputedStyle(document.body).fontFamily, size: 13 };
  const hoverlabel = { bgcolor: "#20262d", font: { color: "#ffffff" }, align: "left", namelength: -1 };

  function draw(plot) {
    if (plot.data) return;
    const figure = figures[plot.id];
    Plotly.newPlot(plot, figure.data, { ...figure.layout, dragmode, font, hoverlabel }, CONFIG);
    const axes = Object.keys(plot.layout).filter((name) => /^[xy]axis/.test(name));
    const ranges = axes.map((name) => plot.layout[name].range.slice());
    plot.home = () => Object.fromEntries(axes.map((name, number) => [`${name}.range`, ranges[number].slice()]));
    plot.at = { curve: -1, point: -1 };
    plot.on("plotly_hover", (event) => read(plot, event.points[0]));
    if (figure.narrow && matchMedia("(max-width: 600px)").matches) Plotly.relayout(plot, { "xaxis.range": figure.narrow.slice() });
  }

  // Plotly's texts are escaped for plotly; what is read out is text.
  function read(plot, point) {
    const text = point.data.hovertext[point.pointNumber];
    const entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
    plot.at = { curve: point.curveNumber, point: point.pointNumber };
    plot.nextElementSibling.textContent = text.replaceAll("<br>", ", ").replace(/&(lt|gt|amp);/g, (one) => entities[one]);
  }

  const readable = (plot) => plot.data.map((trace, number) => number)
    .filter((number) => plot.data[number].hovertext && plot.data[number].visible !== false);

  function go(plot, along, across) {
    const curves = readable(plot);
    if (!curves.length) return;
    const place = curves.indexOf(plot.at.curve);
    const curve = curves[place < 0 ? 0 : (place + across + curves.length) % curves.length];
    const trace = plot.data[curve];
    const last = trace.hovertext.length - 1;
    let point = place < 0 ? (along < 0 ? last : 0) : plot.at.point + along;
    // Where a trace is one point, left and right go on to the next trace.
    if (last === 0 && along && place >= 0) return go(plot, 0, along);
    point = Math.min(Math.max(point, 0), last);
    read(plot, { data: trace, curveNumber: curve, pointNumber: point });
    Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: point }], `x${trace.yaxis ?? "y"}`);
  }

  function zoom(plot, factor) {
    const [low, high] = plot.layout.xaxis.range.map(Number);
    const half = ((high - low) / 2) * factor;
    const middle = (low + high) / 2;
    Plotly.relayout(plot, { "xaxis.range": [middle - half, middle + half] });
  }

  const KEYS = {
    ArrowLeft: (plot) => go(plot, -1, 0),
    ArrowRight: (plot) => go(plot, 1, 0),
    ArrowUp: (plot) => go(plot, 0, -1),
    ArrowDown: (plot) => go(plot, 0, 1),
    "+": (plot) => zoom(plot, 0.5),
    "=": (plot) => zoom(plot, 0.5),
    "-": (plot) => zoom(plot, 2),
    0: (plot) => Plotly.relayout(plot, plot.home()),
    Escape: (plot) => Plotly.Fx.unhover(plot),
  };

  for (const plot of all(".plot")) {
    plot.addEventListener("keydown", (event) => {
      if (event.target !== plot || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key](plot);
    });
    all(".keys button", plot.parentElement).forEach((button, number) => button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", shown);
      Plotly.restyle(plot, { visible: shown }, [number]);
    }));
  }

  // One pane at a time, where there is a choice.
  for (const chart of all(".chart")) {
    const panes = all(".pane", chart);
    const choice = chart.querySelector("select");
    const show = () => panes.forEach((pane, number) => {
      pane.hidden = choice !== null && number !== choice.selectedIndex;
      if (!pane.hidden) draw(pane.querySelector(".plot"));
    });
    if (choice) choice.addEventListener("change", show);
    if (panes.length) show();
  }

  // Tables sort by value; what has none comes last.
  function order(a, b) {
    if (a.missing || b.missing) return a.missing - b.missing;
    return typeof a.value === "number" && typeof b.value === "number" ? a.value - b.value
      : String(a.value).localeCompare(String(b.value));
  }

  for (const button of all("th button")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const body = head.closest("table").tBodies[0];
      const up = head.getAttribute("aria-sort") !== "ascending";
      const value = (row) => {
        const cell = row.cells[head.cellIndex];
        if (cell.dataset.value !== undefined) return { value: Number(cell.dataset.value), missing: 0 };
        const text = (cell.querySelector("summary") ?? cell).textContent.trim();
        return { value: text, missing: Number(["-", "", "does not apply"].includes(text)) };
      };
      const rows = [...body.rows].map((row) => ({ row, ...value(row) }));
      rows.sort((a, b) => (up || a.missing !== b.missing ? order(a, b) : order(b, a)));
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...rows.map((one) => one.row));
    });
  }

  // What is to be pasted elsewhere. Where the browser keeps the clipboard from pages, the text is selected instead.
  for (const button of all(".copy")) {
    const code = button.nextElementSibling;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(`${code.textContent}\n`);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }

  // On paper charts are as wide as it is, and folds are open. Hatching would be printed as large pictures.
  const drawn = () => all(".pane:not([hidden]) .plot");
  function resize(plot, layout, hatched) {
    const bars = plot.data.map((trace, number) => number).filter((number) => plot.data[number].type === "bar");
    plot.hatches ??= bars.map((number) => plot.data[number].marker.pattern.shape);
    const shapes = { "marker.pattern.shape": plot.hatches.map((shape) => (hatched ? shape : "")) };
    if (bars.length) Plotly.update(plot, shapes, layout, bars);
    else Plotly.relayout(plot, layout);
  }

  addEventListener("beforeprint", () => {
    for (const fold of all("details:not([open])")) {
      fold.open = true;
      fold.dataset.opened = "";
    }
    drawn().forEach((plot) => resize(plot, { width: PAPER_WIDTH, autosize: false }, false));
  });
  addEventListener("afterprint", () => {
    for (const fold of all("details[data-opened]")) {
      fold.open = false;
      delete fold.dataset.opened;
    }
    drawn().forEach((plot) => resize(plot, { width: null, autosize: true }, true));
  });

  // A table that does not fit says so, and shades the edge behind which it goes on.
  function shade(box) {
    const hidden = box.scrollWidth - box.clientWidth;
    box.previousElementSibling.hidden = hidden <= 1;
    box.classList.toggle("more", hidden - box.scrollLeft > 1);
  }
  const sized = new ResizeObserver((changes) => changes.forEach((change) => shade(change.target)));
  for (const box of all(".scroll")) {
    box.addEventListener("scroll", () => shade(box), { passive: true });
    sized.observe(box);
  }
})();
