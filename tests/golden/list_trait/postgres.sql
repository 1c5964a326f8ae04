-- tags has "a" and size(tags) > 1 and tags is not empty
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* tags has "a" */
  EXISTS(
    SELECT
      1
    FROM UNNEST(p.tags__items) AS x
    WHERE
      x.str = %(p0)s
  )
  /* size(tags) > 1 */
  AND p.tags__size > %(p1)s
  /* tags is not empty */
  AND NOT COALESCE(p.tags__size = 0, FALSE)
ORDER BY
  p.external_id;
-- p0 = a
-- p1 = 1
