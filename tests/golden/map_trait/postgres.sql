-- plan = "pro" and age >= 18 and mixed is set and not tags has 1
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  (
    SELECT
      x."value"
    FROM UNNEST(p.rest__map__str) AS x
    WHERE
      x."key" = %(p0)s
  ) = %(p1)s
  /* age >= 18 */
  AND (
    SELECT
      x."value"
    FROM UNNEST(p.rest__map__num) AS x
    WHERE
      x."key" = %(p2)s
  ) >= %(p3)s
  AND (
    /* mixed is set */
    (
      SELECT
        x."value"
      FROM UNNEST(p.rest__map__str) AS x
      WHERE
        x."key" = %(p4)s
    ) IS NOT NULL
    OR p.mixed__stored IS NOT NULL
  )
  /* tags has 1 */
  AND NOT COALESCE(
    EXISTS(
      SELECT
        1
      FROM UNNEST(p.tags__items) AS x
      WHERE
        x.num = %(p5)s
    ),
    FALSE
  )
ORDER BY
  p.external_id;
-- p0 = plan
-- p1 = pro
-- p2 = age
-- p3 = 18
-- p4 = mixed
-- p5 = 1
