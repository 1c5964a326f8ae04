-- sum(amount) of buy > 5 and last(code) of buy = "x" and did buy then refund with same code
WITH step_1 AS (
  SELECT
    e.pid,
    MIN(e.ts) AS ts,
    arrayElement(e.rest__map__str, {p5: String}) AS next_key
  FROM events AS e
  WHERE
    e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
  GROUP BY
    e.pid,
    arrayElement(e.rest__map__str, {p5: String})
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
      e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
    GROUP BY
      e.pid
    HAVING
      SUM(arrayElement(e.rest__map__num, {p2: String})) > {p3: Decimal(38, 9)}
  )
  /* last(code) of buy = "x" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        tupleElement(argMax(tuple(arrayElement(e.rest__map__str, {p5: String})), tuple(e.ts, e.mid)), 1) AS v__str
      FROM events AS e
      WHERE
        e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__str = {p4: String}
  )
  /* did buy then refund with same code */
  AND p.pid IN (
    SELECT
      e.pid AS pid
    FROM events AS e
    JOIN step_1 AS a
      ON e.pid = a.pid
      AND arrayElement(e.rest__map__str, {p5: String}) = a.next_key
      AND e.ts > a.ts
    WHERE
      e.event = {p6: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
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
