-- last_seen more than 14 days ago and external_id = "u1" and lifecycle is active
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* last_seen more than 14 days ago */
  p.last_seen < $p0
  /* external_id = "u1" */
  AND NOT COALESCE(p.is_anonymous, FALSE) AND p.external_id = $p1
  /* lifecycle is active */
  AND p.lifecycle_stage = $p2
ORDER BY
  p.external_id;
-- p0 = FromAsOf(months=0, micros=-1209600000000)
-- p1 = u1
-- p2 = active
