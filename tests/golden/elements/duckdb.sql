-- any items where (price > 2 and not sku = "x") and all items where (price > 0)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* any items where (price > 2 and not sku = "x") */
  LEN(
    LIST_FILTER(p.items__items, LAMBDA x : x.price__num > $p0 AND x.sku__str IS DISTINCT FROM $p1)
  ) > 0
  /* all items where (price > 0) */
  AND NOT COALESCE(
    LEN(
      LIST_FILTER(p.items__items, LAMBDA x : x.nested OR NOT COALESCE(x.price__num > $p2, FALSE))
    ) > 0,
    FALSE
  )
ORDER BY
  p.external_id;
-- p0 = 2
-- p1 = x
-- p2 = 0
