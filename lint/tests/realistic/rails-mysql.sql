-- 0001_users.mysql.sql
CREATE TABLE `users` (`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, `email` varchar(255) DEFAULT '' NOT NULL, `admin` tinyint(1) DEFAULT 0 NOT NULL, `bio` text, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE UNIQUE INDEX `index_users_on_email` ON `users` (`email`);
CREATE TABLE `posts` (`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, `user_id` bigint NOT NULL, `title` varchar(255), `score` float, `price` decimal(10,2), INDEX `index_posts_on_user_id` (`user_id`), CONSTRAINT `fk_rails_1` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`));

-- 0002_rename.mysql.sql
ALTER TABLE `users` CHANGE `bio` `biography` text;
DROP INDEX `index_posts_on_user_id` ON `posts`;
