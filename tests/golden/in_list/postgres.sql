-- plan in ("pro", "team") and age not in (1, 2)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan in ("pro", "team") */
  p.plan__str IN (%(p0)s, %(p1)s)
  /* age not in (1, 2) */
  AND NOT COALESCE(p.age__num IN (%(p2)s, %(p3)s), FALSE)
ORDER BY
  p.external_id;
-- p0 = pro
-- p1 = team
-- p2 = 1
-- p3 = 2
