"""Second, independent reader of Waymark's bundles for auditors, written from WIRE.md alone.

From the bytes up: `limits`, `postcard`, `ed25519`, `tree`, `notes` (checkpoints, cosignatures, policies),
`kinds` (the tables), `entry`, `roster`. Then the points of "What an auditor checks": `bundle` (1), `audit`
and `roster` (2), `logs` (3 to 5), `evidence` (4 and 6), `times` (7), `threads` (8), `duties` (9). `report`
holds what was found.

Words of findings that WIRE.md does not name and no bundle has confirmed: file_differs, root_differs,
checkpoint_malformed, not_for_us, emergency_unreviewed, missed. GAPS.md says what had to be guessed.
"""
