-- plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan contains "pr" */
  STRPOS(p.plan__str, %(p0)s) > 0
  /* plan starts with "P" ignoring case */
  AND STARTS_WITH(LOWER(p.plan__str COLLATE "C"), %(p1)s)
  /* plan matches "^p.o$" */
  AND p.plan__str ~ %(p2)s
ORDER BY
  p.external_id;
-- p0 = pr
-- p1 = p
-- p2 = \Ap[\U00000001-\U0010FFFF]o\Z
