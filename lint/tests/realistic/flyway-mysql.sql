-- 0001_shop.mysql.sql
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE IF NOT EXISTS `customers` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'never reused',
  `uuid` char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` varchar(200) COLLATE utf8mb4_bin NOT NULL,
  `payload` json DEFAULT NULL,
  `created_at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  `updated_at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_uuid` (`uuid`),
  KEY `ix_name` (`name`(50)),
  FULLTEXT KEY `ft_name` (`name`)
) ENGINE=InnoDB AUTO_INCREMENT=10 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `orders` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `customer_id` bigint unsigned NOT NULL,
  `state` enum('open','paid') NOT NULL DEFAULT 'open',
  `total` decimal(19,4) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_customer` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TRIGGER orders_bi BEFORE INSERT ON orders FOR EACH ROW BEGIN SET NEW.total = 1; DELETE FROM customers; END;

INSERT INTO customers (uuid, name) VALUES ('a', 'b') ON DUPLICATE KEY UPDATE name = VALUES(name);

-- 0002_note.mysql.sql
ALTER TABLE `orders` ADD COLUMN `note` varchar(100) NULL AFTER `state`, ADD KEY `ix_state` (`state`), ALGORITHM=INPLACE, LOCK=NONE;
