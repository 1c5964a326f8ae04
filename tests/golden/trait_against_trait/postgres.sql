-- age > trait limit and plan = trait mixed
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* age > trait limit */
  p.age__num > p.limit__num
  AND (
    /* plan = trait mixed */
    p.plan__str = p.mixed__str
    OR EXISTS(
      SELECT
        1
      FROM UNNEST(p.mixed__items) AS x
      WHERE
        p.plan__str = x.str
    )
  )
ORDER BY
  p.external_id;
