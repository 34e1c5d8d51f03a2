"""Pictures of a graph as a lecturer draws it: values above the wires, gradients below; as SVG and in a terminal."""
