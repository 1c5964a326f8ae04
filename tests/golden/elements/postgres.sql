-- any items where (price > 2 and not sku = "x") and all items where (price > 0)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* any items where (price > 2 and not sku = "x") */
  EXISTS(
    SELECT
      1
    FROM UNNEST(p.items__items) AS x
    WHERE
      x.price__num > %(p0)s AND x.sku__str IS DISTINCT FROM %(p1)s
  )
  /* all items where (price > 0) */
  AND NOT COALESCE(
    EXISTS(
      SELECT
        1
      FROM UNNEST(p.items__items) AS x
      WHERE
        x.nested OR NOT COALESCE(x.price__num > %(p2)s, FALSE)
    ),
    FALSE
  )
ORDER BY
  p.external_id;
-- p0 = 2
-- p1 = x
-- p2 = 0
