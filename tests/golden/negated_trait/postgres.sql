-- plan != "free" and not age > 65
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan != "free" */
  p.plan__str IS DISTINCT FROM %(p0)s
  /* age > 65 */
  AND NOT COALESCE(p.age__num > %(p1)s, FALSE)
ORDER BY
  p.external_id;
-- p0 = free
-- p1 = 65
