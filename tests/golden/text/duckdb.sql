-- plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan contains "pr" */
  STRPOS(p.plan__str, $p0) > 0
  /* plan starts with "P" ignoring case */
  AND REGEXP_MATCHES(p.plan__str, $p1)
  /* plan matches "^p.o$" */
  AND REGEXP_MATCHES(p.plan__str, $p2)
ORDER BY
  p.external_id;
-- p0 = pr
-- p1 = \A[Pp]
-- p2 = \Ap[\x{0}-\x{10ffff}]o\z
