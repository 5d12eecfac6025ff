//! The names of the documents that facts and rules are taken from; `docs/guide/sources.md` says what each one is.

/// The SaaS starter's decision matrix.
pub const SAAS_STARTER: &str = "000_74f2dbb81a4a2bbd.txt";
/// The token gateway's infrastructure choices.
pub const TOKEN_GATEWAY: &str = "001_169389f110506614.txt";
/// The platform of an auth, a user and a product service.
pub const AUTH_USER_PRODUCT: &str = "002_3e81c4b8074fb322.txt";
/// The residents' platform.
pub const RESIDENTS: &str = "003_b8269b7177dd6a62.txt";
/// The order service's architecture decision record.
pub const ORDERS: &str = "004_0e31faace81e38f1.txt";

/// Every document, in the order of their names.
pub const DOCUMENTS: [&str; 5] = [SAAS_STARTER, TOKEN_GATEWAY, AUTH_USER_PRODUCT, RESIDENTS, ORDERS];

/// Whether a source is one of the documents, or a place in a product's manual (`<Product> manual: <page>`).
pub fn is_source(source: &str) -> bool {
    let in_manual = || {
        source.split_once(" manual: ").is_some_and(|(product, page)| !product.is_empty() && !page.is_empty())
    };
    DOCUMENTS.contains(&source) || in_manual()
}

/// The source as a person reads it: a document's number and title, or the manual as it stands.
pub fn title(source: &str) -> String {
    let title = match source {
        SAAS_STARTER => "SaaS starter",
        TOKEN_GATEWAY => "token gateway",
        AUTH_USER_PRODUCT => "auth, user, product",
        RESIDENTS => "residents' platform",
        ORDERS => "orders decision record",
        manual => return manual.to_string(),
    };
    format!("{} {title}", &source[..3])
}
