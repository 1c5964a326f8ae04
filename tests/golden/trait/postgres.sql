-- plan = "pro" and age >= 18 and plan is set
SELECT
  p.external_id
FROM profiles AS p
WHERE
  p.plan__str = %(p0)s AND p.age__num >= %(p1)s
ORDER BY
  p.external_id;
-- p0 = pro
-- p1 = 18
