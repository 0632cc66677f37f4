//! The plot: how a history grows, how long a turn takes as it does, and the long conversation.

use crate::{
    Result,
    engines::Engine,
    figures::figure,
    parts::turns::Cell,
    recorded::{Recorded, Size},
};
use plotters::{coord::Shift, prelude::*, series::LineSeries};
use std::path::Path;

/// The size of one panel.
const PANEL: (u32, u32) = (460, 360);

/// The size of results that is shown: neither trifling nor extreme.
const SHOWN: u32 = 4096;

const FONT: &str = "sans-serif";

/// The share of a panel above its highest point, where the legend stands.
const HEADROOM: f64 = 1.3;

/// What is told about one engine.
struct Line {
    engine: Engine,
    points: Vec<(f64, f64)>,
    /// Whether the server ended it where the line ends.
    terminated: bool,
}

/// Draws what has been measured.
pub(crate) fn draw(path: &Path, cells: &[Cell], long: Option<&Recorded>) -> Result<()> {
    let panels = if long.is_some() { 3 } else { 2 };
    let canvas = SVGBackend::new(path, (PANEL.0 * panels, PANEL.1)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let areas = canvas.split_evenly((1, panels as usize));
    let shown = || cells.iter().filter(|cell| cell.plan.bytes == SHOWN);
    panel(&areas[0], "History, MB (results of 4 KB)", &engines(|engine| growth(engine, shown())))?;
    panel(&areas[1], "A turn, ms (results of 4 KB)", &engines(|engine| pace(engine, shown())))?;
    if let Some(long) = long {
        let line = Line { engine: Engine::Steadfast, points: megabytes(&long.growth), terminated: false };
        panel(&areas[2], "History, MB (results of 100 B)", &[line])?;
    }
    canvas.present()?;
    Ok(())
}

/// A line of each engine that has been through it all.
fn engines(line: impl FnMut(Engine) -> Line) -> Vec<Line> {
    Engine::ALL.into_iter().filter(|engine| !engine.is_variant()).map(line).collect()
}

/// The longest conversation of an engine, turn by turn.
fn growth<'a>(engine: Engine, cells: impl Iterator<Item = &'a Cell>) -> Line {
    let longest = cells.filter(|cell| cell.engine == engine).max_by_key(|cell| cell.recorded.growth.len());
    let points = longest.map(|cell| megabytes(&cell.recorded.growth)).unwrap_or_default();
    Line { engine, points, terminated: longest.is_some_and(Cell::was_terminated) }
}

/// The time of a turn on average, in all conversations of an engine that came to their end.
fn pace<'a>(engine: Engine, cells: impl Iterator<Item = &'a Cell>) -> Line {
    let points = cells
        .filter(|cell| cell.engine == engine && cell.pace.median().is_finite())
        .map(|cell| (f64::from(cell.plan.turns), cell.pace.median()))
        .collect();
    Line { engine, points, terminated: false }
}

fn megabytes(growth: &[Size]) -> Vec<(f64, f64)> {
    growth.iter().enumerate().map(|(turn, size)| (figure(turn), figure(size.bytes) / 1e6)).collect()
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, title: &str, lines: &[Line]) -> Result<()> {
    let most = |of: fn(&(f64, f64)) -> f64| lines.iter().flat_map(|line| &line.points).map(of).fold(1.0, f64::max);
    let (right, top) = (most(|point| point.0), most(|point| point.1) * HEADROOM);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 19))
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("turns").x_labels(6).y_labels(6).light_line_style(TRANSPARENT).label_style((FONT, 14));
    mesh.x_label_formatter(&|turns| format!("{turns:.0}")).draw()?;
    for line in lines.iter().filter(|line| !line.points.is_empty()) {
        let style = color(line.engine).stroke_width(2);
        let name = if line.terminated { format!("{}, terminated", line.engine) } else { line.engine.to_string() };
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
        if line.terminated {
            chart.draw_series(line.points.last().map(|&end| Cross::new(end, 5, style)))?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .label_font((FONT, 14))
        .draw()?;
    Ok(())
}

fn color(engine: Engine) -> RGBColor {
    match engine {
        Engine::Steadfast | Engine::SteadfastLocal | Engine::SteadfastApart | Engine::SteadfastTwice => {
            RGBColor(0, 114, 178)
        }
        Engine::Floor => RGBColor(120, 120, 120),
        Engine::FloorDeltas => RGBColor(0, 158, 115),
        Engine::Python => RGBColor(213, 94, 0),
    }
}
