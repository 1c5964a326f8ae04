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
        (
          ARRAY_AGG(e.amount__num ORDER BY e.ts ASC, e.mid ASC)
        )[1] AS v__num
      FROM events AS e
      WHERE
        e.event = %(p1)s AND e.ts < %(p2)s
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__num > %(p0)s
  )
  /* last(tags) of buy in last 7 days = "a" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        MAX(e.ts) AS ts,
        (
          (
            ARRAY_AGG(e ORDER BY e.ts DESC, e.mid DESC)
          )[1]
        ).tags__items AS v__items
      FROM events AS e
      WHERE
        e.event = %(p1)s AND e.ts < %(p2)s
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.ts >= %(p3)s
      AND m.ts < %(p2)s
      AND EXISTS(
        SELECT
          1
        FROM UNNEST(m.v__items) AS x
        WHERE
          x.str = %(p4)s
      )
  )
ORDER BY
  p.external_id;
-- p0 = 50
-- p1 = buy
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = FromAsOf(months=0, micros=-604800000000)
-- p4 = a
