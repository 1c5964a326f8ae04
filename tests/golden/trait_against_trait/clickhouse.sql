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
    OR arrayExists(x -> p.plan__str = x.str, p.mixed__items)
  )
ORDER BY
  p.external_id;
