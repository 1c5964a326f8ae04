-- plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan contains "pr" */
  position(p.plan__str, {p0: String}) > 0
  /* plan starts with "P" ignoring case */
  AND startsWith(lower(p.plan__str), {p1: String})
  /* plan matches "^p.o$" */
  AND match(p.plan__str, {p2: String})
ORDER BY
  p.external_id;
-- p0 = pr
-- p1 = p
-- p2 = \Ap[\x{0}-\x{10ffff}]o\z
