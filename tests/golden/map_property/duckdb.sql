-- sum(amount) of buy > 5 and last(code) of buy = "x" and did buy then refund with same code
WITH step_1 AS (
  SELECT
    e.pid,
    MIN(e.ts) AS ts,
    MAP_EXTRACT_VALUE(e.rest__map__str, $p5) AS next_key
  FROM events AS e
  WHERE
    e.event = $p0 AND e.ts < $p1
  GROUP BY
    e.pid,
    MAP_EXTRACT_VALUE(e.rest__map__str, $p5)
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* sum(amount) of buy > 5 */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = $p0 AND e.ts < $p1
    GROUP BY
      e.pid
    HAVING
      SUM(MAP_EXTRACT_VALUE(e.rest__map__num, $p2)) > $p3
  )
  /* last(code) of buy = "x" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        ARG_MAX_NULL(MAP_EXTRACT_VALUE(e.rest__map__str, $p5), (e.ts, e.mid)) AS v__str
      FROM events AS e
      WHERE
        e.event = $p0 AND e.ts < $p1
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__str = $p4
  )
  /* did buy then refund with same code */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    JOIN step_1 AS a
      ON e.pid = a.pid AND MAP_EXTRACT_VALUE(e.rest__map__str, $p5) = a.next_key AND e.ts > a.ts
    WHERE
      e.event = $p6 AND e.ts < $p1
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = amount
-- p3 = 5
-- p4 = x
-- p5 = code
-- p6 = refund
