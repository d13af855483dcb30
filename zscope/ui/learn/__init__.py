"""The Learn page: short interactive chapters about variational autoencoders.

A chapter is one `Chapter` object in `zscope.ui.learn.chapters`. Its figures are JavaScript modules in
`assets/js/learn`.
"""
