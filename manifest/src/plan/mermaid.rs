//! A plan as a diagram in Mermaid's language.

use std::fmt::Write;

use bedplate_core::bus::{Pattern, Topic};

use super::types::{Plan, ServicePlan};

impl Plan {
    /// The services with their databases, caches, buckets and topics, as a Mermaid flowchart.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for service in &self.services {
            let port = service.port.map(|port| format!("<br>port {port}")).unwrap_or_default();
            let replicas = if service.replicas > 1 {
                format!("<br>{} processes", service.replicas)
            } else {
                String::new()
            };
            line(
                &mut text,
                &format!("{}[\"{}{port}{replicas}\"]", node("service", &service.name), label(&service.name)),
            );
        }
        for server in &self.servers {
            let place = format!("{}:{}", server.host, server.port);
            if server.databases.is_empty() {
                line(
                    &mut text,
                    &format!(
                        "{}[[\"{}<br>{}\"]]",
                        node("server", &server.name),
                        label(&server.name),
                        label(&place)
                    ),
                );
                continue;
            }
            line(
                &mut text,
                &format!(
                    "subgraph {}[\"{}<br>{}\"]",
                    node("server", &server.name),
                    label(&server.name),
                    label(&place)
                ),
            );
            for database in &server.databases {
                line(
                    &mut text,
                    &format!("  {}[(\"{}\")]", node("database", &database.service), label(&database.name)),
                );
            }
            line(&mut text, "end");
        }
        for door in &self.doors {
            line(&mut text, &format!("{}[\"{}<br>port {}\"]", node("door", door.name), door.name, door.port));
        }
        for topic in &self.topics {
            line(&mut text, &format!("{}([\"{}\"])", node("topic", &topic.name), label(&topic.name)));
            for publisher in &topic.publishers {
                line(
                    &mut text,
                    &format!("{} --> {}", node("service", publisher), node("topic", &topic.name)),
                );
            }
        }
        for service in &self.services {
            self.needs(&mut text, service);
        }
        text
    }

    fn needs(&self, text: &mut String, service: &ServicePlan) {
        let from = node("service", &service.name);
        if let Some(sql) = &service.sql {
            let database = node("database", &service.name);
            if sql.server.is_none() {
                line(
                    text,
                    &format!("{database}[(\"{}\")]", label(sql.path.as_deref().unwrap_or(sql.engine))),
                );
            }
            line(text, &format!("{from} --- {database}"));
        }
        if let Some(cache) = &service.cache {
            match &cache.server {
                Some(server) => line(
                    text,
                    &format!("{from} -. \"{}\" .- {}", label(&cache.namespace), node("server", server)),
                ),
                None => line(
                    text,
                    &format!(
                        "{from} -. \"{}\" .- {}[\"{} cache\"]",
                        label(&cache.namespace),
                        node("cache", cache.engine),
                        cache.engine
                    ),
                ),
            }
        }
        for bucket in service.objects.iter().flat_map(|objects| &objects.buckets) {
            line(
                text,
                &format!("{from} --- {}[/\"{}\"/]", node("bucket", &bucket.name), label(&bucket.name)),
            );
        }
        let patterns = service.bus.iter().flat_map(|bus| &bus.subscriptions).flat_map(|one| &one.topics);
        let patterns: Vec<Pattern> =
            patterns.filter_map(|pattern| Pattern::new(pattern.as_str()).ok()).collect();
        for topic in &self.topics {
            let Ok(name) = Topic::new(topic.name.as_str()) else { continue };
            if patterns.iter().any(|pattern| pattern.matches(&name)) {
                line(text, &format!("{} --> {from}", node("topic", &topic.name)));
            }
        }
    }
}

fn line(text: &mut String, content: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "    {content}");
}

/// A node's name: letters, digits and `_`, one-to-one with what it stands for.
fn node(kind: &str, name: &str) -> String {
    let mut id = format!("{kind}_");
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c),
            '-' => id.push_str("_d"),
            '_' => id.push_str("_u"),
            '.' => id.push_str("_p"),
            '*' => id.push_str("_s"),
            '#' => id.push_str("_h"),
            other => {
                let _ = write!(id, "_x{:x}_", u32::from(other));
            }
        }
    }
    id
}

/// Text that is safe between quotes.
fn label(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('#', "&#35;")
}
