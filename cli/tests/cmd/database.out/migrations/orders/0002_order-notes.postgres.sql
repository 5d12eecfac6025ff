-- order notes
--
-- For postgres only; others run the script without a dialect in its name.
-- Once it was applied somewhere it must not change: write a new one instead.

