-- plan is set and tags is set and not tags is empty
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan is set */
  p.plan__str IS NOT NULL
  /* tags is set */
  AND p.tags__stored IS NOT NULL
  /* tags is empty */
  AND NOT COALESCE(p.tags__size = 0, FALSE)
ORDER BY
  p.external_id;
