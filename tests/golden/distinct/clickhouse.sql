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
      e.ts < {p0: DateTime64(6, 'UTC')}
    GROUP BY
      e.pid
    HAVING
      COUNT(DISTINCT e.amount__str) + COUNT(DISTINCT e.amount__num) FILTER(WHERE
        e.amount__str IS NULL) > {p1: Decimal(38, 9)}
  )
  /* distinct(tags) of buy > 1 */
  AND p.pid IN (
    SELECT
      u.pid
    FROM (
      SELECT
        e.pid AS pid,
        v__str AS v__str
      FROM events AS e
      ARRAY JOIN arrayConcat([NULL], arrayMap(x -> x.str, e.tags__items)) AS v__str
      WHERE
        e.event = {p2: String} AND e.ts < {p0: DateTime64(6, 'UTC')}
    ) AS u
    GROUP BY
      u.pid
    HAVING
      COUNT(DISTINCT u.v__str) > {p3: Decimal(38, 9)}
  )
ORDER BY
  p.external_id;
-- p0 = FromAsOf(months=0, micros=0)
-- p1 = 3
-- p2 = buy
-- p3 = 1
