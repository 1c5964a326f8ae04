-- plan = "pro" and age >= 18 and plan is set
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  p.plan__str = {p0: String}
  /* age >= 18 */
  AND p.age__num >= {p1: Decimal(38, 9)}
ORDER BY
  p.external_id
/* no test, as nobody's answer depends on it: plan is set */;
-- p0 = pro
-- p1 = 18
