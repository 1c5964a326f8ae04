-- any items where (price > 2 and not sku = "x") and all items where (price > 0)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* any items where (price > 2 and not sku = "x") */
  arrayExists(
    x -> x.price__num > {p0: Decimal(38, 9)} AND x.sku__str IS DISTINCT FROM {p1: String},
    p.items__items
  )
  /* all items where (price > 0) */
  AND NOT COALESCE(
    arrayExists(
      x -> x.nested OR NOT COALESCE(x.price__num > {p2: Decimal(38, 9)}, FALSE),
      p.items__items
    ),
    FALSE
  )
ORDER BY
  p.external_id;
-- p0 = 2
-- p1 = x
-- p2 = 0
