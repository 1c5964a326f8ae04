-- plan is set and tags is set and not tags is empty
SELECT
  p.external_id
FROM profiles AS p
WHERE
  p.plan__str IS NOT NULL
  AND p.tags__stored IS NOT NULL
  AND NOT COALESCE(p.tags__size = 0, FALSE)
ORDER BY
  p.external_id;
