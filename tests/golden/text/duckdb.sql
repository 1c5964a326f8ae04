-- plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  STRPOS(p.plan__str, $p0) > 0
  AND REGEXP_MATCHES(p.plan__str, $p1)
  AND REGEXP_MATCHES(p.plan__str, $p2)
ORDER BY
  p.external_id;
-- p0 = pr
-- p1 = \A[Pp]
-- p2 = \Ap[\x{0}-\x{10ffff}]o\z
