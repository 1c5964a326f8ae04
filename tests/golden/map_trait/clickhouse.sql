-- plan = "pro" and age >= 18 and mixed is set and not tags has 1
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  arrayElement(p.rest__map__str, {p0: String}) = {p1: String}
  /* age >= 18 */
  AND arrayElement(p.rest__map__num, {p2: String}) >= {p3: Decimal(38, 9)}
  AND (
    /* mixed is set */
    arrayElement(p.rest__map__str, {p4: String}) IS NOT NULL
    OR p.mixed__stored IS NOT NULL
  )
  /* tags has 1 */
  AND NOT COALESCE(arrayExists(x -> x.num = {p5: Decimal(38, 9)}, p.tags__items), FALSE)
ORDER BY
  p.external_id;
-- p0 = plan
-- p1 = pro
-- p2 = age
-- p3 = 18
-- p4 = mixed
-- p5 = 1
