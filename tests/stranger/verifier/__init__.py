"""Second, independent reader of Waymark's bundles for auditors, written from WIRE.md alone.

From the bytes up: `limits`, `postcard`, `ed25519`, `tree`, `notes` (checkpoints, cosignatures), `kinds` (the
tables), `entry`, `roster` (policies, all versions as a log), `witnesses` (`Cosigned`, `RosterWitnessed`). Then
the points of "What an auditor checks": `bundle` (1), `audit`, `versions` (2), `logs` (3 to 5), `evidence` (4
and 6) with `fraud` ("Proof of fraud"), `times` (7), `threads` (8) with `state`, `fits` ("What fits") and
`bases`, `duties` (9) with `way` (what is awaited). `report` holds what was found and the table of verdicts.
"""
