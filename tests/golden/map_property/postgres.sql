-- sum(amount) of buy > 5 and last(code) of buy = "x" and did buy then refund with same code
WITH step_1 AS MATERIALIZED (
  SELECT
    e.pid,
    MIN(e.ts) AS ts,
    (
      SELECT
        x."value"
      FROM UNNEST(e.rest__map__str) AS x
      WHERE
        x."key" = %(p5)s
    ) AS next_key
  FROM events AS e
  WHERE
    e.event = %(p0)s AND e.ts < %(p1)s
  GROUP BY
    e.pid,
    (
      SELECT
        x."value"
      FROM UNNEST(e.rest__map__str) AS x
      WHERE
        x."key" = %(p5)s
    )
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
      e.event = %(p0)s AND e.ts < %(p1)s
    GROUP BY
      e.pid
    HAVING
      SUM(
        (
          SELECT
            x."value"
          FROM UNNEST(e.rest__map__num) AS x
          WHERE
            x."key" = %(p2)s
        )
      ) > %(p3)s
  )
  /* last(code) of buy = "x" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        (
          ARRAY_AGG(
            (
              SELECT
                x."value"
              FROM UNNEST(e.rest__map__str) AS x
              WHERE
                x."key" = %(p5)s
            ) ORDER BY e.ts DESC, e.mid DESC
          )
        )[1] AS v__str
      FROM events AS e
      WHERE
        e.event = %(p0)s AND e.ts < %(p1)s
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__str = %(p4)s
  )
  /* did buy then refund with same code */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    JOIN step_1 AS a
      ON e.pid = a.pid
      AND (
        SELECT
          x."value"
        FROM UNNEST(e.rest__map__str) AS x
        WHERE
          x."key" = %(p5)s
      ) = a.next_key
      AND e.ts > a.ts
    WHERE
      e.event = %(p6)s AND e.ts < %(p1)s
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
