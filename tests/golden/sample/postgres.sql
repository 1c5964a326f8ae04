-- sample 12.5% of "salt"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* sample 12.5% of "salt" */
  MOD(
    GET_BYTE(DECODE(MD5(CONCAT(%(p0)s, p.external_id)), %(p1)s), 0) * 7216 + GET_BYTE(DECODE(MD5(CONCAT(%(p0)s, p.external_id)), %(p1)s), 1) * 5536 + GET_BYTE(DECODE(MD5(CONCAT(%(p0)s, p.external_id)), %(p1)s), 2) * 256 + GET_BYTE(DECODE(MD5(CONCAT(%(p0)s, p.external_id)), %(p1)s), 3) * 1,
    10000
  ) < %(p2)s
ORDER BY
  p.external_id;
-- p0 = salt:
-- p1 = hex
-- p2 = 1250.0
