//! Repeated measurements of one thing.

/// All measurements; of no use while there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
        self.0.sort_by(f64::total_cmp);
    }

    /// The one in the middle, or the mean of the two there; not a number where there are none.
    pub(crate) fn median(&self) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        f64::midpoint(self.0[last / 2], self.0[last.div_ceil(2)])
    }

    /// The median, and in brackets from where to where the measurements go.
    pub(crate) fn spread(&self, digits: usize) -> String {
        match self.0.as_slice() {
            [] => "–".to_owned(),
            [one] => format!("{one:.digits$}"),
            [least, .., most] => format!("{:.digits$} ({least:.digits$}–{most:.digits$})", self.median()),
        }
    }
}

impl FromIterator<f64> for Figures {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        let mut all = Self::default();
        figures.into_iter().for_each(|figure| all.push(figure));
        all
    }
}

/// An amount as a figure; no amount here comes near what that cannot hold.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn figure(amount: usize) -> f64 {
    amount as f64
}

/// Bytes, as people write them.
pub(crate) fn bytes(amount: usize) -> String {
    match figure(amount) {
        few if few < 1e3 => format!("{few} B"),
        some if some < 1e6 => format!("{:.0} kB", some / 1e3),
        many => format!("{:.1} MB", many / 1e6),
    }
}

/// A tool's result's size; these are round in the old way.
pub(crate) fn size(bytes: u32) -> String {
    if bytes < 1024 { format!("{bytes} B") } else { format!("{} KB", bytes / 1024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        let figures: Figures = [3.0, 1.0, 2.0].into_iter().collect();
        assert_eq!(figures.spread(1), "2.0 (1.0–3.0)");
        let figures: Figures = [1.0, 2.0].into_iter().collect();
        assert_eq!(figures.spread(1), "1.5 (1.0–2.0)");
        assert!(Figures::default().median().is_nan());
    }

    #[test]
    fn bytes_are_short() {
        assert_eq!([bytes(12), bytes(45_678), bytes(2_345_678)], ["12 B", "46 kB", "2.3 MB"]);
    }
}
