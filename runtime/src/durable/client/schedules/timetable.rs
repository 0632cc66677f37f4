//! The times of a schedule.

use std::time::{Duration, SystemTime};
use temporalio_common::protos::temporal::api::schedule::v1::{IntervalSpec, ScheduleSpec};

/// The times of a schedule: all that any of its rules says.
///
/// ```
/// # use std::time::Duration;
/// # use steadfast::Timetable;
/// let office_hours = Timetable::new().cron("0 9-17 * * MON-FRI").time_zone("Europe/Lisbon");
/// let hourly = Timetable::new().every_from(Duration::from_hours(1), Duration::from_mins(15));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Timetable {
    intervals: Vec<(Duration, Duration)>,
    crons: Vec<String>,
    time_zone: Option<String>,
    jitter: Option<Duration>,
    from: Option<SystemTime>,
    until: Option<SystemTime>,
}

impl Timetable {
    /// No times yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Again and again, so much apart, a second at least: at the multiples of it since the beginning of 1970, so that
    /// every hour is on the hour.
    pub fn every(self, interval: Duration) -> Self {
        self.every_from(interval, Duration::ZERO)
    }

    /// The same, each time so much later: every hour from a quarter past.
    pub fn every_from(mut self, interval: Duration, offset: Duration) -> Self {
        self.intervals.push((interval, offset));
        self
    }

    /// As cron says: minute, hour, day of the month, month, day of the week. A sixth field is the year; of
    /// seven, the first is the second. `@daily` and its like are known too.
    pub fn cron(mut self, cron: impl Into<String>) -> Self {
        self.crons.push(cron.into());
        self
    }

    /// Every day at this time.
    pub fn daily(self, hour: u8, minute: u8) -> Self {
        self.cron(format!("{minute} {hour} * * *"))
    }

    /// The time zone in which cron's fields are read, as in `Europe/Lisbon`; UTC, unless it is said here. Where clocks are
    /// put forward or back, a time may be left out or come twice.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Puts each time off by something random up to this, so that not everything begins on the hour.
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = Some(most);
        self
    }

    /// No times before this.
    pub fn from(mut self, time: SystemTime) -> Self {
        self.from = Some(time);
        self
    }

    /// No times after this.
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }

    pub(super) fn spec(self) -> Result<ScheduleSpec, String> {
        if self.intervals.is_empty() && self.crons.is_empty() {
            return Err("it has no times; add `.every(..)` or `.cron(..)`".to_owned());
        }
        if let Some((interval, _)) = self.intervals.iter().find(|(interval, _)| *interval < Duration::from_secs(1)) {
            return Err(format!("an interval is a second at least, and not {interval:?}"));
        }
        if let Some((interval, offset)) = self.intervals.iter().find(|(interval, offset)| offset >= interval) {
            return Err(format!("an offset is less than its interval, {offset:?} is not less than {interval:?}"));
        }
        let interval = self.intervals.into_iter().map(|(interval, offset)| IntervalSpec {
            interval: interval.try_into().ok(),
            phase: offset.try_into().ok(),
        });
        Ok(ScheduleSpec {
            interval: interval.collect(),
            cron_string: self.crons,
            timezone_name: self.time_zone.unwrap_or_default(),
            jitter: self.jitter.and_then(|jitter| jitter.try_into().ok()),
            start_time: self.from.map(Into::into),
            end_time: self.until.map(Into::into),
            ..ScheduleSpec::default()
        })
    }
}
