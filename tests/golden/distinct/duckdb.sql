-- distinct(amount) of anything > 3 and distinct(tags) of buy > 1
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* distinct(amount) of anything > 3 */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.ts < $p0
    GROUP BY
      e.pid
    HAVING
      COUNT(DISTINCT e.amount__str) + COUNT(DISTINCT e.amount__num) FILTER(WHERE
        e.amount__str IS NULL) > $p1
  )
  /* distinct(tags) of buy > 1 */
  AND p.pid IN (
    SELECT
      u.pid
    FROM (
      SELECT
        e.pid,
        UNNEST(LIST_PREPEND(NULL, LIST_TRANSFORM(e.tags__items, LAMBDA x : x.str))) AS v__str
      FROM events AS e
      WHERE
        e.event = $p2 AND e.ts < $p0
    ) AS u
    GROUP BY
      u.pid
    HAVING
      COUNT(DISTINCT u.v__str) > $p3
  )
ORDER BY
  p.external_id;
-- p0 = FromAsOf(months=0, micros=0)
-- p1 = 3
-- p2 = buy
-- p3 = 1
