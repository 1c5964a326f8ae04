-- plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  position(p.plan__str, {p0: String}) > 0
  AND startsWith(lower(p.plan__str), {p1: String})
  AND match(p.plan__str, {p2: String})
ORDER BY
  p.external_id;
-- p0 = pr
-- p1 = p
-- p2 = \Ap[\x{0}-\x{10ffff}]o\z
