//! What a URL of memory can say.

use bedplate_core::ErrorKind;

use crate::{bus_engine, cache_engine};

#[tokio::test]
async fn a_url_that_names_a_place_is_refused_with_help() {
    for url in ["memory:orders", "memory:/x", "memory://host", "memory:///x", "memory://user:secret@"] {
        let errors = [cache_engine(url).await.err().unwrap(), bus_engine(url).await.err().unwrap()];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
            assert!(error.help().unwrap().contains("`memory:`"), "{url}: {error:?}");
        }
    }
    for url in ["memory:", "memory://"] {
        assert!(cache_engine(url).await.is_ok() && bus_engine(url).await.is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_is_refused() {
    for url in ["memory:?max_entries=0", "memory:?max_bytes=0", "memory:?max_bytes=-1", "memory:?max_entry=5"]
    {
        assert_eq!(cache_engine(url).await.err().unwrap().kind(), ErrorKind::InvalidInput, "{url}");
    }
    for url in ["memory:?max_messages=0", "memory:?max_messages=many"] {
        assert_eq!(bus_engine(url).await.err().unwrap().kind(), ErrorKind::InvalidInput, "{url}");
    }
    let error = cache_engine("memory:?max_entrys=5").await.err().unwrap();
    assert_eq!(error.help(), Some("did you mean `max_entries`?"));
}
