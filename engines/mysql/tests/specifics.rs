//! What is peculiar to mysql.

use bedplate_core::{Address, ErrorKind};
use bedplate_engine_mysql::DRIVER;

#[tokio::test]
async fn an_address_where_nothing_listens_is_unavailable() {
    let open = DRIVER.sql.unwrap();
    let error = open(Address::parse("mysql://127.0.0.1:1").unwrap()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
