-- plan = "pro" and age >= 18 and mixed is set and not tags has 1
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  MAP_EXTRACT_VALUE(p.rest__map__str, $p0) = $p1
  /* age >= 18 */
  AND MAP_EXTRACT_VALUE(p.rest__map__num, $p2) >= $p3
  AND (
    /* mixed is set */
    MAP_EXTRACT_VALUE(p.rest__map__str, $p4) IS NOT NULL
    OR p.mixed__stored IS NOT NULL
  )
  /* tags has 1 */
  AND NOT COALESCE(LEN(LIST_FILTER(p.tags__items, LAMBDA x : x.num = $p5)) > 0, FALSE)
ORDER BY
  p.external_id;
-- p0 = plan
-- p1 = pro
-- p2 = age
-- p3 = 18
-- p4 = mixed
-- p5 = 1
