-- 0001_initial.sqlite.sql
CREATE TABLE "shop_product" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(200) NOT NULL, "price" decimal NOT NULL, "quantity" integer unsigned NOT NULL CHECK ("quantity" >= 0), "created" datetime NOT NULL, "is_active" bool NOT NULL, "weight" real NULL, "owner_id" char(32) NOT NULL);
CREATE TABLE "shop_tag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "label" varchar(40) NOT NULL UNIQUE, "product_id" bigint NOT NULL REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX "shop_tag_product_id_0e0b5f2a" ON "shop_tag" ("product_id");

-- 0002_label.sqlite.sql
CREATE TABLE "new__shop_tag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "label" varchar(80) NOT NULL UNIQUE, "product_id" bigint NOT NULL REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "new__shop_tag" ("id", "product_id", "label") SELECT "id", "product_id", "label" FROM "shop_tag";
DROP TABLE "shop_tag";
ALTER TABLE "new__shop_tag" RENAME TO "shop_tag";
CREATE INDEX "shop_tag_product_id_0e0b5f2a" ON "shop_tag" ("product_id");
