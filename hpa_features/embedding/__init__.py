"""Fields and their masks in, vectors of a network out.

`model_file` reads the file, `description` the description in it or its sidecar (`presets` has those
of published networks), `network` checks and runs it with onnxruntime, `squares` makes its input,
`vectors` runs it on the cells of many fields, `columns` names what comes out.
"""
