//! Connections that are taken and waited for.

use std::sync::{Arc, Mutex};

use bedplate_core::ErrorKind;
use bedplate_core::sql::Begin;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::{halves, open_with};

/// Keeps what was recorded in the histogram of waits.
#[derive(Default)]
struct Waits(Arc<Mutex<Vec<f64>>>);

impl metrics::HistogramFn for Waits {
    fn record(&self, seconds: f64) {
        self.0.lock().unwrap().push(seconds);
    }
}

impl Recorder for Waits {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let labels: Vec<_> = key.labels().map(|label| (label.key(), label.value())).collect();
        if key.name() != "bedplate_pool_wait_seconds" {
            return Histogram::noop();
        }
        assert_eq!(labels, [("engine", "sqlite")]);
        Histogram::from_arc(Arc::new(Self(self.0.clone())))
    }
}

#[test]
fn waits_for_a_connection_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let waits = Waits::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let work = async {
        let sql = open_with(&folder.path().join("a.db"), &[("readers", "1"), ("pool_timeout", "50ms")])
            .await
            .unwrap();
        sql.query("select 1").fetch_one::<i64>().await.unwrap();
        let _reading = sql.begin(Begin::new().read_only()).await.unwrap();
        sql.query("select 1").fetch_one::<i64>().await.unwrap_err();
    };
    metrics::with_local_recorder(&waits, || runtime.block_on(work));
    let waits = waits.0.lock().unwrap();
    assert_eq!(waits.len(), 3);
    assert!(waits[..2].iter().all(|wait| *wait == 0.0) && waits[2] >= 0.05, "{waits:?}");
}

#[tokio::test]
async fn a_writer_that_waits_too_long_is_told_which_setting_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let short = [("busy_timeout", "80ms"), ("pool_timeout", "80ms"), ("readers", "1")];
    let sql = open_with(&path, &short).await.unwrap();
    halves(&sql).await;
    let writing = sql.begin(Begin::new()).await.unwrap();
    let elsewhere = open_with(&path, &short).await.unwrap();
    for (sql, setting) in [(&sql, "busy_timeout"), (&elsewhere, "busy_timeout")] {
        let error = sql.begin(Begin::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        assert!(error.message().contains(setting), "{error:?}");
        let error = sql.query("insert into left_half (id) values (1)").execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    }
    let reading = sql.begin(Begin::new().read_only()).await.unwrap();
    let error = sql.query("select 1").fetch_one::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert!(error.message().contains("pool_timeout"), "{error:?}");
    drop((writing, reading));
    sql.query("insert into left_half (id) values (1)").execute().await.unwrap();
    elsewhere.ping().await.unwrap();
}
