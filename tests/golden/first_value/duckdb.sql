-- first(amount) of buy > 50 and last(tags) of buy in last 7 days = "a"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* first(amount) of buy > 50 */
  p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        ARG_MIN_NULL(e.amount__num, (e.ts, e.mid)) AS v__num
      FROM events AS e
      WHERE
        e.event = $p1 AND e.ts < $p2
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__num > $p0
  )
  /* last(tags) of buy in last 7 days = "a" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        MAX(e.ts) AS ts,
        ARG_MAX_NULL(e.tags__items, (e.ts, e.mid)) AS v__items
      FROM events AS e
      WHERE
        e.event = $p1 AND e.ts < $p2
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.ts >= $p3 AND m.ts < $p2 AND LEN(LIST_FILTER(m.v__items, LAMBDA x : x.str = $p4)) > 0
  )
ORDER BY
  p.external_id;
-- p0 = 50
-- p1 = buy
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = FromAsOf(months=0, micros=-604800000000)
-- p4 = a
